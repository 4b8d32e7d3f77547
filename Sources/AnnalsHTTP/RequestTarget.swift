internal import HTTPTypes
internal import Hummingbird

/// Decodes the names in a request's path, once, before anybody reads them; what cannot be decoded, there or in the query, is
/// refused.
enum RequestTarget {
    static func decode(_ request: Request, _ context: inout CallContext) throws(Problem) {
        for (name, value) in context.parameters where value.utf8.contains(UInt8(ascii: "%")) {
            guard let decoded = PercentEncoding.decoded(value.utf8) else {
                throw unreadable("\(value) in the path")
            }
            context.coreContext.parameters[name] = decoded[...]
        }
        if let query = request.uri.query, PercentEncoding.decoded(query.utf8) == nil {
            throw unreadable("the query")
        }
    }

    private static func unreadable(_ what: String) -> Problem {
        Problem(
            .badRequest, "encoding", "The URL cannot be read",
            "\(what) is not UTF-8 in percent encoding: after each % stand two hexadecimal digits")
    }

    /// A path as the router sees it: slashes too many are as if they were not there.
    static func path(_ text: String) -> String {
        // Nearly all are as they should be.
        let (slash, question) = (UInt8(ascii: "/"), UInt8(ascii: "?"))
        var (last, isPlain) = (question, text.utf8.first == slash)
        for byte in text.utf8 where isPlain {
            isPlain = byte != question && !(byte == slash && last == slash)
            last = byte
        }
        if isPlain, last != slash || text.utf8.count == 1 { return text }
        return "/" + text.prefix { $0 != "?" }.split(separator: "/").joined(separator: "/")
    }
}
