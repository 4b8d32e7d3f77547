import Testing

@Suite struct AgentPersonalizationsTests {
    @Test(arguments: Script.all("agentpersonalizations")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
