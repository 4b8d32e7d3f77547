public import BSON
internal import NIOHTTP1

extension AnnalsClient {
    /// Has the server make a backup on its own machine, and waits until it is made.
    ///
    /// `directory`: from the root where this is the store's own door; else a name below the server's directory of backups.
    /// - Returns: what was made.
    /// - Throws: why not: another is being made, or the directory holds the backup of another log.
    public func backup(
        to directory: String, withoutMasterKey: Bool = false, withSigningKey: Bool = false, withViews: Bool = false,
        onProgress: (_ position: UInt64, _ through: UInt64) -> Void = { _, _ in }
    ) async throws(ClientError) -> Document {
        let question: Document = [
            "directory": .string(directory), "withoutMasterKey": .bool(withoutMasterKey),
            "withSigningKey": .bool(withSigningKey), "withViews": .bool(withViews),
        ]
        var answer = try await call(.POST, "/v1/backup", body: Array(JSON.string(question, style: .relaxed).utf8))
            .document(url)
        var pause = Duration.milliseconds(20)
        while case .string("running")? = answer["state"] {
            onProgress(answer["position"]?.wholeNumber ?? 0, answer["through"]?.wholeNumber ?? 0)
            do { try await Task.sleep(for: pause) } catch { throw .unreachable("cancelled") }
            pause = min(pause * 2, .seconds(1))
            answer = try await call(.GET, "/v1/backup").document(url)
        }
        switch (answer["report"], answer["problem"]) {
        case (.document(let report)?, _): return report
        case (_, .document(let problem)?):
            throw .problem(
                ServerProblem(
                    status: problem["status"]?.wholeNumber.flatMap { Int(exactly: $0) } ?? 500, document: problem,
                    retryAfter: nil))
        default: throw .badAnswer("\(url) does not say what became of the backup")
        }
    }
}

extension AnnalsClient {
    /// Some records of the log, as lines that carry their bytes, for `annals import --verbatim`.
    ///
    /// `to`: the last position wanted; `nil`: the newest.
    /// - Returns: the lines, the last position they have, and up to where the first of such chapters goes.
    public func exportChapter(
        from: UInt64, to: UInt64? = nil
    ) async throws(ClientError) -> (lines: [UInt8], last: UInt64, through: UInt64) {
        let path = "/v1/log/export?fromPosition=\(from)" + (to.map { "&toPosition=\($0)" } ?? "")
        let answer = try await call(.GET, path)
        guard answer.status == 200 else {
            _ = try answer.document(url)
            throw .badAnswer("\(url) answers \(answer.status) where records are asked for")
        }
        let head = Array(answer.body.prefix { $0 != 0x0A })
        guard let document = try? JSON.parse(head, extended: false), let last = document["to"]?.wholeNumber,
            let through = document["through"]?.wholeNumber
        else { throw .badAnswer("\(url) gives no chapter of the log") }
        return (answer.body, last, through)
    }
}
