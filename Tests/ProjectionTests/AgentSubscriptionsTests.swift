import Testing

@Suite struct AgentSubscriptionsTests {
    @Test(arguments: Script.all("agentsubscriptions")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
