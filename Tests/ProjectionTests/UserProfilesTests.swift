import Testing

@Suite struct UserProfilesTests {
    @Test(arguments: Script.all("userprofiles")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
