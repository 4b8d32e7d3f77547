import Testing

@Suite struct ToolUsagesTests {
    @Test(arguments: Script.all("toolusages")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
