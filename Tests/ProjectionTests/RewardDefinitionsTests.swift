import Testing

@Suite struct RewardDefinitionsTests {
    @Test(arguments: Script.all("rewarddefinitions")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
