internal import HTTPTypes

/// How long one request may read. Looked at after the read, on a clock that runs on while the process is stopped.
struct ReadDeadline {
    private let start = ContinuousClock.now
    private let limit: Duration

    init(_ limit: Duration) { self.limit = limit }

    func check() throws(Problem) {
        let taken = start.duration(to: .now)
        guard taken > limit else { return }
        throw Problem(
            .serviceUnavailable, "too-slow", "Reading took too long",
            "the snapshot was open for \(taken), longer than \(limit); try again")
    }
}
