import Testing

@Suite struct CommunityPostsTests {
    @Test(arguments: Script.all("communityposts")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
