import Testing

@Suite struct WebinarRegistrationsTests {
    @Test(arguments: Script.all("webinarregistrations")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
