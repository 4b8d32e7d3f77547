internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Platform

/// Backups, written on the server's machine: `POST /v1/backup` begins one, `GET /v1/backup` says how it is.
///
/// Who uses the store's own door names any directory, as who owns the files could. Others name one below that which the
/// server was started with, and none where it was started without: a path in a request must not lead anywhere else.
struct BackupRoutes: Sendable {
    let store: Store
    let runs: BackupRuns
    /// Below it lie the backups that are asked for from elsewhere.
    let directory: String?

    static let members = ["directory", "withoutMasterKey", "withSigningKey", "withViews"]
    private static let mostBytes = 64 << 10

    func add(to router: Router<CallContext>) {
        router.post("/v1/backup") { request, context in
            try context.caller.require(.admin)
            let body = try await JSONBody.document(request, limit: Self.mostBytes)
            let (path, options) = try read(body, context.caller)
            guard runs.begin(store, path, options) else {
                throw Problem(.conflict, "backup-running", "A backup is being made", "ask again when it is done")
            }
            return Response.json(.accepted, runs.document)
        }
        router.get("/v1/backup") { request, context in
            try context.caller.require(.admin)
            try QueryParameters(request, known: []).check()
            return Response.json(.ok, runs.document)
        }
    }

    private func read(_ body: Document, _ caller: Caller) throws(Problem) -> (path: String, BackupOptions) {
        var question = QueryRequest(body, known: Set(Self.members))
        let name = question.text("directory") ?? ""
        var options = BackupOptions()
        options.leavesMasterKeyOut = question.flag("withoutMasterKey")
        options.includesSigningKey = question.flag("withSigningKey")
        options.includesViews = question.flag("withViews")
        try question.check()
        return (try path(name, caller), options)
    }

    private func path(_ name: String, _ caller: Caller) throws(Problem) -> String {
        if caller.isLocal {
            guard name.hasPrefix("/") else {
                throw Problem(
                    .unprocessableContent, "backup-directory", "The directory is none", "name it from the root: /…")
            }
            return name
        }
        guard let directory else {
            throw Problem(
                .forbidden, "backup-off", "The server writes no backups for callers elsewhere",
                "start it with --backup-directory, or ask on its machine: annals backup DIR --data …")
        }
        let isPlain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2D || byte == 0x5F || byte == 0x2E
        }
        guard !name.isEmpty, name.utf8.count <= 100, isPlain, !name.hasPrefix(".") else {
            throw Problem(
                .unprocessableContent, "backup-directory", "The directory is none",
                "name one below the server's: letters, digits, - _ and ., not at its start")
        }
        return directory + "/" + name
    }
}
