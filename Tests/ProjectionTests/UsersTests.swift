import Testing

@Suite struct UsersTests {
    @Test(arguments: Script.all("users")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
