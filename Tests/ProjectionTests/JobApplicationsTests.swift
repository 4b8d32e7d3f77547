import Testing

@Suite struct JobApplicationsTests {
    @Test(arguments: Script.all("jobapplications")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
