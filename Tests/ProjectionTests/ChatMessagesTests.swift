import Testing

@Suite struct ChatMessagesTests {
    @Test(arguments: Script.all("chatmessages")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
