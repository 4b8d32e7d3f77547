import Testing

@Suite struct CommunityLikesTests {
    @Test(arguments: Script.all("communitylikes")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
