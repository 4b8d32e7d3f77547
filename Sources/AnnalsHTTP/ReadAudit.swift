internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Platform
internal import Query
internal import Schema

/// Has each read written down: once its answer is there, or its last byte is sent. Without a place in the trail nothing is
/// read at all.
struct ReadAudit {
    private let trail: ReadTrail
    /// By method and path.
    private let reads: [String: Operation]
    private let shapes: QueryShapes
    private let names: Set<String>
    private let door: ReadEntry.Door
    private let clock: Clock
    private let longestPart: Duration

    init(
        _ trail: ReadTrail, _ operations: [Operation], _ catalogue: Catalogue, _ door: ReadEntry.Door, clock: Clock,
        longestPart: Duration
    ) {
        self.trail = trail
        reads = Dictionary(
            operations.filter(\.reads).map { ("\($0.method.rawValue) \($0.path)", $0) }, uniquingKeysWith: { $1 })
        shapes = QueryShapes(catalogue)
        names = Set(catalogue.collections.map(\.name))
        self.door = door
        self.clock = clock
        self.longestPart = longestPart
    }

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        let isHead = request.method == .head
        let method = isHead ? "GET" : request.method.rawValue
        guard let path = context.endpointPath, let operation = reads["\(method) \(path)"] else {
            return try await next(request, context)
        }
        do throws(ReadTrailError) { try trail.begin() } catch { throw Problem(error) }
        let note = ReadNote()
        let blank = ReadEntry(
            time: DateTime(milliseconds: clock.now()), principal: principal(operation, context), door: door,
            operation: operation.name)
        let read = PendingRead(trail, note, longest: longestPart) { [shapes] note in
            var entry = blank
            let shape = shapes.shape(
                of: note.body ?? Document(), known: operation.memberNames, about: collection(operation, context))
            entry.collections = shape.collections
            entry.shape = Document(
                asked(operation, request) + shape.members.pairs.map { ($0.name, $0.value) })
            return entry
        }
        var context = context
        context.note = note
        do {
            var response = try await next(request, context)
            read.status = response.status.code
            let body = response.body
            if let byteCount = isHead ? 0 : body.contentLength {
                read.end(bytes: byteCount)
            } else {
                response.body = ResponseBody { try await read.send(body, to: $0) }
            }
            return response
        } catch {
            let status = ProblemAnswers.status(error)
            if operation.takesCheckKey, status == .unauthorized {
                read.forget()
            } else {
                read.status = status.code
                read.end(bytes: 0)
            }
            throw error
        }
    }

    private func principal(_ operation: Operation, _ context: CallContext) -> String {
        if operation.takesCheckKey { return "check-key" }
        return context.caller.principal.isEmpty ? ReadEntry.loopback : context.caller.principal
    }

    /// The one that the path names, where there is one of that name.
    private func collection(_ operation: Operation, _ context: CallContext) -> String? {
        if let name = operation.collection { return name }
        guard operation.path.hasPrefix("/v1/collections/{name}") else { return nil }
        return context.parameters.get("name").flatMap { names.contains($0) ? $0 : nil }
    }

    /// What path and URL say, without the values: a collection's name alone is told, beside the shape.
    private func asked(_ operation: Operation, _ request: Request) -> [(String, Value)] {
        var members: [(String, Value)] = operation.pathParameters.compactMap { name in
            switch name {
            case "id": ("_id", "?")
            case "name" where operation.path.hasPrefix("/v1/collections/"): nil
            default: (name, "?")
            }
        }
        let given = Set(request.uri.queryParameters.map { String($0.key) })
        members += given.intersection(operation.parameters).sorted().map { ($0, "?") }
        if !given.isSubset(of: operation.parameters) { members.append(("_", "?")) }
        return members
    }
}

extension Operation {
    /// Of a JSON body.
    fileprivate var memberNames: [String] {
        guard case .document(let properties)? = question?["properties"] else { return members }
        return properties.keys
    }
}

extension Problem {
    init(_ error: ReadTrailError) {
        switch error {
        case .full:
            self.init(.serviceUnavailable, "audit-full", "Too many reads wait to be written down", "\(error)")
        case .closed: self.init(.serviceUnavailable, "stopped", "The server is stopping", "\(error)")
        case .missing: self.init(.notFound, "audit-off", "Reads are not audited", "\(error)")
        case .unwritten, .log, .file:
            self.init(
                .serviceUnavailable, "audit-unwritten", "Reads cannot be written down, so nothing is read",
                "the audit trail does not take entries; see the server's log")
        }
    }
}
