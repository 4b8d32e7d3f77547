internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Documents of an answer, written as the caller likes them, up to a bound of bytes.
struct QueryAnswer: Sendable {
    let form: AnswerForm
    let style: JSON.Style
    private var bytes: [UInt8] = []
    private var table: CSVTable
    private(set) var count = 0
    /// What one answer may have.
    static let largest = 16 << 20
    /// Where a page ends before its limit.
    private static let long = 4 << 20
    static let forms: [AnswerForm] = [.json, .lines, .csv]

    /// `columns`: that a table begins with, in any case.
    init(_ form: AnswerForm, _ format: DocumentFormat, columns: [String] = []) {
        self.form = form
        style = format.style
        table = CSVTable(columns: columns)
    }

    var isLong: Bool { bytes.count + table.byteCount >= Self.long }

    // MARK: As a part of a longer one

    var columns: [String] { table.columns }
    mutating func addColumns(_ columns: [String]) { table.addColumns(columns) }

    /// The lines, or the table's rows.
    func taken(withHeader: Bool) -> [UInt8] {
        guard form == .csv else { return bytes }
        return withHeader ? table.bytes : table.rowBytes
    }

    /// - Throws: the answer is too long.
    mutating func add(_ document: RawDocument) throws(Problem) {
        switch form {
        case .csv: table.add(document)
        case .lines:
            JSON.write(document, style: style, into: &bytes)
            bytes.append(0x0A)
        default:
            if count > 0 { bytes.append(UInt8(ascii: ",")) }
            JSON.write(document, style: style, into: &bytes)
        }
        count += 1
        guard bytes.count + table.byteCount <= Self.largest else {
            throw Problem(
                .unprocessableContent, "answer-size", "The answer would be too long",
                "it has more than \(Self.largest) bytes; ask for fewer documents, or fewer of their fields")
        }
    }

    /// `members`: what stands beside the documents; in the other forms it is in headers alone.
    consuming func response(position: UInt64, members: Document = [:], cursor: String? = nil) -> Response {
        var headers: HTTPFields = [
            .contentType: form.rawValue, .annalsPosition: String(position), .vary: "accept",
        ]
        if let cursor { headers[.annalsCursor] = cursor }
        switch form {
        case .csv: bytes = table.bytes
        case .lines: break
        default:
            var rest = members
            rest.append("position", .int64(Int64(clamping: position)))
            // `{"documents":[…],` and the members after their own brace.
            bytes = Array(#"{"documents":["#.utf8) + bytes + Array("],".utf8)
            bytes += Array(JSON.string(rest, style: .relaxed).utf8.dropFirst())
            bytes.append(0x0A)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
