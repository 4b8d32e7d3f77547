import Testing

@Suite struct SubscriptionMetricsTests {
    @Test(arguments: Script.all("subscriptionmetrics")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
