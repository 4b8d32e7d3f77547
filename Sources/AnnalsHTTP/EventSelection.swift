internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird

/// What the URL of a request for events asks for.
struct EventSelection {
    var query = EventQuery()
    var format = DocumentFormat.relaxed
    /// What was asked, for a link to the next page.
    private let asked: [(String, String)]

    /// What chooses events, for pages and streams alike.
    static let filters: Set<String> = ["subject", "type", "entity", "from", "format", "after"]
    /// What only a page may be asked.
    static let pageOnly: Set<String> = ["to", "before", "limit", "direction"]
    static let pageLimit = 100
    static let longestPage = 1_000

    private enum Direction: String, CaseIterable { case forward, backward }

    init(page request: Request, isLines: Bool, _ store: Store) throws(Problem) {
        var parameters = QueryParameters(request, known: Self.filters.union(Self.pageOnly))
        asked = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
        readFilters(&parameters, store)
        query.filter.to = parameters.time("to")
        query.before = parameters.number("before") ?? .max
        query.order = parameters.word("direction", or: Direction.forward) == .forward ? .forward : .backward
        let most = isLines ? Int.max : Self.longestPage
        query.limit = parameters.number("limit", within: 1...most, or: isLines ? most : Self.pageLimit)
        try parameters.check()
    }

    /// A stream begins after `Last-Event-ID`, if the client had one: it goes before `after`.
    init(stream request: Request, _ store: Store) throws(Problem) {
        var parameters = QueryParameters(request, known: Self.filters)
        asked = []
        readFilters(&parameters, store)
        if let text = request.headers[.lastEventID] {
            if let position = UInt64(text) {
                query.after = position
            } else {
                parameters.refuse("Last-Event-ID", text, "must be a position, as the stream's ids are")
            }
        }
        if query.after > store.visiblePosition {
            parameters.refuse(
                "after", String(query.after),
                "is past the newest event, at \(store.visiblePosition): was the log rolled back, or is this another store?"
            )
        }
        try parameters.check()
    }

    /// What a consumer is to be made with, where there is none yet: `filter` is `nil` where the URL has none. Where it goes
    /// on, its acknowledgements tell, and not `Last-Event-ID`, which tells what was received and perhaps not done.
    static func consumer(_ request: Request, _ store: Store) throws(Problem) -> (EventSelection, filter: EventFilter?) {
        var parameters = QueryParameters(request, known: filters)
        var selection = EventSelection()
        selection.readFilters(&parameters, store)
        try parameters.check()
        return (selection, selection.query.filter == EventFilter() ? nil : selection.query.filter)
    }

    private init() { asked = [] }

    private mutating func readFilters(_ parameters: inout QueryParameters, _ store: Store) {
        format = parameters.word("format", or: DocumentFormat.relaxed)
        query.after = parameters.number("after") ?? 0
        query.filter.subject = parameters.text("subject")
        query.filter.from = parameters.time("from")
        for text in parameters.all("type") {
            guard let pattern = EventTypePattern(text) else {
                parameters.refuse("type", text, "must be a type, or its beginning up to a dot and a star")
                continue
            }
            if !store.declares(pattern) { parameters.refuse("type", text, "is no event type here") }
            query.filter.types.append(pattern)
        }
        guard let text = parameters.text("entity") else { return }
        let words = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if words.count == 2, store.catalogue[words[0]] != nil, let id = ObjectID(hex: words[1]) {
            query.filter.entity = EventFilter.Entity(collection: words[0], id: id)
        } else {
            parameters.refuse("entity", text, "must be a collection, a slash and an id of 24 hexadecimal digits")
        }
    }

    /// The same, from where a page ended.
    func link(after page: EventPage) -> String {
        let moved = query.order == .forward ? "after" : "before"
        let rest = asked.filter { $0.0 != moved } + [(moved, String(page.next))]
        return "/v1/events?" + rest.map { "\($0.0.percentEncoded)=\($0.1.percentEncoded)" }.joined(separator: "&")
    }
}

extension String {
    /// For a part of a URL's query.
    var percentEncoded: String {
        let digits = Array("0123456789ABCDEF")
        var text = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.append(Character(Unicode.Scalar(byte)))
            default: text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return text
    }
}
