import Testing

@Suite struct TransactionsTests {
    @Test(arguments: Script.all("transactions")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
