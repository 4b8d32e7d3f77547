import Testing

@Suite struct CommunityCommentsTests {
    @Test(arguments: Script.all("communitycomments")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
