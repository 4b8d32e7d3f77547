import Testing

@Suite struct UserActivitiesTests {
    @Test(arguments: Script.all("useractivities")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
