import Testing

@Suite struct AgentReviewsTests {
    @Test(arguments: Script.all("agentreviews")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
