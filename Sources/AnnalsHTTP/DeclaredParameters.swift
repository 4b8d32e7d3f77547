internal import HTTPTypes
internal import Hummingbird

/// Refuses what a URL says and its route does not declare, whichever route that is: what would be ignored was meant.
struct DeclaredParameters {
    /// By method and path.
    private let parameters: [String: Set<String>]
    /// Probes and scrapers add parameters of their own, which mean nothing.
    private static let checked = "/v1/"

    init(_ operations: [Operation]) {
        parameters = Dictionary(
            operations.map { ("\($0.method.rawValue) \($0.path)", $0.parameters) }, uniquingKeysWith: { $1 })
    }

    func check(_ request: Request, _ context: CallContext) throws(Problem) {
        guard request.uri.query != nil else { return }
        let method = request.method == .head ? "GET" : request.method.rawValue
        if let path = context.endpointPath, path.hasPrefix(Self.checked), let known = parameters["\(method) \(path)"] {
            try QueryParameters(request, known: known).check()
        }
    }
}
