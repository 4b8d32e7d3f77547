import Testing

@Suite struct GeographicDistributionsTests {
    @Test(arguments: Script.all("geographicdistributions")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
