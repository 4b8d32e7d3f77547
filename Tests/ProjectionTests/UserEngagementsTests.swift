import Testing

@Suite struct UserEngagementsTests {
    @Test(arguments: Script.all("userengagements")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
