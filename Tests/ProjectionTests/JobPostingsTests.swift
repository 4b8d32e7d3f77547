import Testing

@Suite struct JobPostingsTests {
    @Test(arguments: Script.all("jobpostings")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
