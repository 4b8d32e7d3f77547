import Testing

@Suite struct SupportTicketsTests {
    @Test(arguments: Script.all("supporttickets")) func script(_ script: Script) async throws {
        try await script.run()
    }
}
