import Testing

@Suite struct ContactMessagesTests {
    @Test(arguments: Script.all("contactmessages")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
