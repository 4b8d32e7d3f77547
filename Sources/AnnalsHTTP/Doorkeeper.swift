internal import Annals
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Platform

/// Finds out who calls: by the key they show (`Authorization: Bearer …`). Where the store has no keys, everybody may
/// everything; such a server listens on this machine alone.
struct Doorkeeper {
    let keys: APIKeyFile
    /// Paths that are asked for by machines which have no keys, or which have keys of their own.
    static let open: Set<String> = ["/livez", "/readyz", "/openapi.json"]
    let ownKeys: Set<String>
    /// Whether a store without keys is open to everybody who can reach it.
    let isOpenWithoutKeys: Bool
    /// Whether it is the door in the store's own directory.
    let isLocal: Bool
    /// Whose tokens do in place of a key.
    let tokens: TokenOptions?
    let clock: Clock
    /// How often one caller may come: by key, or by address where there are none.
    let rate: RateLimiter?

    /// Tells the context who calls.
    func admit(_ request: Request, _ context: inout CallContext) throws {
        let path = context.endpointPath ?? RequestTarget.path(request.uri.path)
        guard !Self.open.contains(path), !ownKeys.contains(path) else { return }
        context.caller = try caller(request, context)
        if let rate { try take(rate, context) }
    }

    private func caller(_ request: Request, _ context: CallContext) throws -> Caller {
        if isLocal { return .local }
        let key: APIKey?
        let isOpen: Bool
        let text = Self.token(request)
        if let text, let tokens, Token.isOne(text) {
            guard let token = Token(text, tokens, now: clock.now()) else { throw Self.unauthorized("invalid_token") }
            return Caller(principal: token.principal, scopes: token.scopes)
        }
        do throws(APIKeyFile.Failure) {
            isOpen = isOpenWithoutKeys && tokens == nil ? try keys.isMissing() : false
            key = isOpen ? nil : try text.flatMap { (text) throws(APIKeyFile.Failure) in try keys.key(text) }
        } catch {
            // Who may come in cannot be told: nobody does.
            context.logger.error("the keys cannot be read", metadata: ["error": "\(error)"])
            throw Problem(.serviceUnavailable, "keys", "The keys cannot be read", "see the server's log")
        }
        if isOpen {
            try Self.checkHost(request)
            return .anybody
        }
        guard let key else { throw Self.unauthorized(text == nil ? nil : "invalid_token") }
        return Caller(principal: key.principal, scopes: key.scopes)
    }

    /// A page in a browser can have its own name lead here (DNS rebinding): then the browser says that name.
    private static func checkHost(_ request: Request) throws(Problem) {
        guard let authority = request.head.authority, !authority.isEmpty else { return }
        let port = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let host = authority[..<(port ?? authority.endIndex)]
        guard AnnalsServer.isThisMachine(host.hasPrefix("[") ? host.dropFirst().dropLast() : host) else {
            throw Problem(
                .misdirectedRequest, "host", "The host is another one",
                "a store without keys answers to localhost and 127.0.0.1 alone; make a key (annals keys create)")
        }
    }

    private func take(_ rate: RateLimiter, _ context: CallContext) throws(Problem) {
        let name =
            context.caller.principal.isEmpty
            ? context.channel.remoteAddress?.ipAddress ?? "" : context.caller.principal
        guard let seconds = rate.take(name) else { return }
        var problem = Problem(.tooManyRequests, "rate", "Too many requests", "ask again in \(seconds) seconds")
        problem.headers[.retryAfter] = String(seconds)
        throw problem
    }

    static func token(_ request: Request) -> String? {
        let words = request.headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }

    private static func unauthorized(_ error: String?) -> Problem {
        var problem = Problem(
            .unauthorized, "key", error == nil ? "A key is needed" : "The key is none, or none any more",
            "send a key: Authorization: Bearer annals_…; `annals keys create` makes one")
        problem.headers[.wwwAuthenticate] = #"Bearer realm="annals""# + (error.map { #", error="\#($0)""# } ?? "")
        return problem
    }
}
