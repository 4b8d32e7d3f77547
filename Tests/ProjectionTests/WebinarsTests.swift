import Testing

@Suite struct WebinarsTests {
    @Test(arguments: Script.all("webinars")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
