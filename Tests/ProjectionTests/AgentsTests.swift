import Testing

@Suite struct AgentsTests {
    @Test(arguments: Script.all("agents")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
