import Testing

@Suite struct ChatCanvasProjectsTests {
    @Test(arguments: Script.all("chatcanvasprojects")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
