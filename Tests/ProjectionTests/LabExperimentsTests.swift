import Testing

@Suite struct LabExperimentsTests {
    @Test(arguments: Script.all("labexperiments")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
