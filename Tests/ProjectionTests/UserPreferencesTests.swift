import Testing

@Suite struct UserPreferencesTests {
    @Test(arguments: Script.all("userpreferences")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
