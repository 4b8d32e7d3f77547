import Testing

@Suite struct ChatSessionsTests {
    @Test(arguments: Script.all("chatsessions")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
