import Testing

@Suite struct UserRewardsTests {
    @Test(arguments: Script.all("userrewards")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
