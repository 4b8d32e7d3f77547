internal import BSON

/// Documents as CSV (RFC 4180): a column for each dotted path, in the order in which they first occur; arrays as JSON; what a
/// document does not have is empty.
struct CSVTable: Sendable {
    private(set) var columns: [String] = []
    private var places: [String: Int] = [:]
    private var rows: [[Int: String]] = []
    private(set) var byteCount = 0

    init(columns: [String] = []) { addColumns(columns) }

    mutating func addColumns(_ columns: [String]) {
        for column in columns { _ = place(column) }
    }

    mutating func add(_ document: RawDocument) {
        var row: [Int: String] = [:]
        add(document, "", &row)
        rows.append(row)
    }

    private mutating func add(_ document: RawDocument, _ prefix: String, _ row: inout [Int: String]) {
        var elements = document.elements
        while let element = elements.next() {
            let path = prefix + String(decoding: element.name, as: UTF8.self)
            if element.value.type == .document, let inner = element.value.document, !inner.isEmpty {
                add(inner, path + ".", &row)
                continue
            }
            let text = Self.text(element.value)
            byteCount += text.utf8.count + 1
            row[place(path)] = text
        }
    }

    private mutating func place(_ path: String) -> Int {
        if let place = places[path] { return place }
        places[path] = columns.count
        columns.append(path)
        byteCount += path.utf8.count + 1
        return columns.count - 1
    }

    private static func text(_ value: RawValue) -> String {
        if value.isNull { return "" }
        if let text = value.string { return quoted(text) }
        let json = JSON.string(value.owned(), style: .plain)
        // An id or a date is text in JSON, and stands here without its quotes.
        return quoted(json.hasPrefix("\"") ? String(json.dropFirst().dropLast()) : json)
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }

    /// The head and the rows.
    var bytes: [UInt8] { columns.isEmpty ? [] : Self.line(columns.map(Self.quoted)) + rowBytes }

    var rowBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for row in rows { bytes += Self.line(columns.indices.map { row[$0] ?? "" }) }
        return bytes
    }

    private static func line(_ cells: [String]) -> [UInt8] { Array((cells.joined(separator: ",") + "\r\n").utf8) }
}
