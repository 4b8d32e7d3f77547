import Testing

@Suite struct AnalyticsEventsTests {
    @Test(arguments: Script.all("analyticsevents")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
