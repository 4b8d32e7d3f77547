internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Platform
internal import Schema

/// Questions about secrets, for those who show the check key: `POST /v1/users/check` (does it fit) and look-ups by token.
///
/// Neither an answer nor a problem tells anything of what was sent or of what is stored, and somebody who is not there is
/// answered as a wrong password is.
struct SecretRoutes: Sendable {
    private let store: Store
    private let checks: SecretChecks
    private let key: CheckKey?
    private let checkRate: RateLimiter
    private let lookupRate: RateLimiter
    private static let largestBody = 16 << 10

    init(_ store: Store, _ checks: SecretChecks, _ options: CheckOptions) {
        self.store = store
        self.checks = checks
        key = options.key
        func limiter() -> RateLimiter {
            RateLimiter(
                each: options.each, all: options.all, capacity: options.mostRemembered, clock: store.options.clock)
        }
        checkRate = limiter()
        lookupRate = limiter()
    }

    func add(to router: Router<CallContext>) {
        router.post(RouterPath("/v1/\(checks.collection)/check")) { request, context in
            try await check(try await question(request, context))
        }
        for lookup in checks.lookups {
            router.post(RouterPath("/v1/\(checks.collection)/\(lookup.name)")) { request, context in
                let response = try find(lookup, try await question(request, context))
                context.note?.add(returned: 1)
                return response
            }
        }
    }

    // MARK: Who asks

    private func authorize(_ request: Request) throws {
        guard let key else {
            throw Problem(
                .notFound, "checks-off", "Questions about secrets are off",
                "start the server with a check key, which callers then send: annals serve --check-key-file FILE, or "
                    + "ANNALS_CHECK_KEY")
        }
        let words = request.headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
        if words.count == 2, words[0].lowercased() == "bearer", key.fits(String(words[1])) { return }
        var problem = Problem(
            .unauthorized, "check-key", words.count < 2 ? "A key is needed" : "The key is another one",
            "send the check key: Authorization: Bearer …")
        problem.headers[.wwwAuthenticate] =
            #"Bearer realm="secrets of \#(checks.collection)""# + (words.count < 2 ? "" : #", error="invalid_token""#)
        throw problem
    }

    private func take(_ rate: RateLimiter, _ key: String?) throws {
        guard let seconds = rate.take(key) else { return }
        var problem = Problem(
            .tooManyRequests, "rate", "Too many questions", "ask again in \(seconds) seconds")
        problem.headers[.retryAfter] = String(seconds)
        throw problem
    }

    // MARK: What is asked

    /// The members of the body. What is wrong with it is told without its text.
    private func question(_ request: Request, _ context: CallContext) async throws -> Document {
        try authorize(request)
        let body: [UInt8]
        do {
            body = Array(try await request.body.collect(upTo: Self.largestBody).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem(
                .contentTooLarge, "size", "Too much for one request", "the body has more than \(Self.largestBody) bytes"
            )
        }
        do throws(JSONError) {
            let question = try JSON.parse(body, extended: true)
            context.note?.asks(question)
            return question
        } catch {
            var problem = Problem(
                .badRequest, "syntax", "The body is not JSON that can be taken", "it must be one JSON object")
            problem.offset = error.byteOffset
            throw problem
        }
    }

    private func unclear(_ detail: String) -> Problem {
        Problem(.unprocessableContent, "question", "The question is not clear", detail)
    }

    private func check(_ question: Document) async throws -> Response {
        let secrets = checks.secrets.compactMap { name in question[FieldPath(name.name)].map { (name.field, $0) } }
        guard secrets.count == 1, case .string(let text) = secrets[0].1 else {
            throw unclear("give one of \(checks.secrets.map(\.name).joined(separator: ", ")), as text")
        }
        let (id, name) = try document(question)
        try take(checkRate, id?.description ?? name)
        do throws(StoreError) {
            let fits = try await store.fits(text, secret: secrets[0].0, of: id, in: checks.collection)
            return answer(.ok, ["fits": .bool(fits)])
        } catch { throw Problem(secret: error) ?? error }
    }

    /// The document that is asked about, if there is one, and what the question calls it.
    private func document(_ question: Document) throws -> (id: ObjectID?, name: String) {
        let id = question[FieldPath(checks.id)]
        let keys = checks.keys.compactMap { name in question[FieldPath(name.name)].map { (name, $0) } }
        switch (id, keys.count) {
        case (.objectID(let id)?, 0): return (id, id.description)
        case (.string(let text)?, 0):
            guard let id = ObjectID(hex: text) else { throw unclear("\(checks.id) must be 24 hexadecimal digits") }
            return (id, id.description)
        case (nil, 1):
            guard case .string(let text) = keys[0].1 else { break }
            let key = keys[0].0
            return (
                try store.find(text, field: key.field, in: checks.collection), "\(key.name) \(text.lowercased())"
            )
        default: break
        }
        let names = [checks.id] + checks.keys.map(\.name)
        throw unclear("give one of \(names.joined(separator: ", ")), as text")
    }

    private func find(_ lookup: SecretChecks.Lookup, _ question: Document) throws -> Response {
        guard case .string(let token)? = question["token"] else { throw unclear("give token, as text") }
        try take(lookupRate, nil)
        let id = try store.find(
            token: token, field: lookup.field, in: checks.collection, expiring: lookup.expires)
        guard let id else {
            throw Problem(.notFound, "no-token", "No such token", "nobody has this token, or it has expired")
        }
        return answer(.ok, Document([(checks.id, .string(id.description))]))
    }

    private func answer(_ status: HTTPResponse.Status, _ document: Document) -> Response {
        var response = Response.json(status, document)
        response.headers[.cacheControl] = "no-store"
        return response
    }
}

extension Problem {
    /// What callers can do something about; `nil` for the rest.
    init?(secret error: StoreError) {
        switch error {
        case .secret(.busy):
            self.init(.serviceUnavailable, "busy", "Too many checks are waiting", "\(error)")
        case .secret(.unsupportedHash):
            self.init(.conflict, "hash-kind", "The stored hash cannot be checked here", "\(error)")
        default: return nil
        }
    }
}
