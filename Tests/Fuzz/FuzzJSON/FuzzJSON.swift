import BSON
import FuzzDriver

/// Reads any bytes as JSON, and as Extended JSON; stops the fuzzer where a promise does not hold:
/// - an error lies within the text;
/// - what is accepted is valid BSON, of no more depth than allowed;
/// - canonical text written of it reads back as the same BSON;
/// - relaxed text written of it reads back, and written again is the same text;
/// - the parser that was used before gives what a new one gives.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    withInput(start, count) { text in
        checkPlain(text)
        checkExtended(text)
    }
}

private func checkPlain(_ text: UnsafeRawBufferPointer) {
    guard let document = read(text, extended: false) else { return }
    // Without extensions only JSON's own types come up, and plain text keeps all of them.
    guard let again = read(JSON.string(document, style: .plain), extended: false) else {
        preconditionFailure("plain text is refused")
    }
    precondition(again == document, "plain text reads back differently")
}

private func checkExtended(_ text: UnsafeRawBufferPointer) {
    guard let document = read(text, extended: true) else { return }
    guard let again = read(JSON.string(document, style: .canonical), extended: true) else {
        preconditionFailure("canonical text is refused")
    }
    precondition(again == document, "canonical text reads back differently")
    let relaxed = JSON.string(document, style: .relaxed)
    guard let relaxedAgain = read(relaxed, extended: true) else { preconditionFailure("relaxed text is refused") }
    precondition(JSON.string(relaxedAgain, style: .relaxed) == relaxed, "relaxed text is not stable")
    _ = JSON.string(document, style: .plain)
}

private func read(_ text: String, extended: Bool) -> Document? {
    var text = text
    return text.withUTF8 { read(UnsafeRawBufferPointer($0), extended: extended) }
}

private func read(_ text: UnsafeRawBufferPointer, extended: Bool) -> Document? {
    var parser = JSON.Parser()
    let first: Document
    do throws(JSONError) {
        first = try parser.parse(text, extended: extended)
    } catch {
        precondition(error.byteOffset >= 0 && error.byteOffset <= text.count, "an error outside of the text")
        return nil
    }
    do throws(BSONError) {
        try first.withRaw { (raw) throws(BSONError) in _ = try RawDocument.validated(raw.bytes) }
    } catch {
        preconditionFailure("accepted, but \(error)")
    }
    do throws(JSONError) {
        let second = try parser.parse(text, extended: extended)
        precondition(second == first, "a parser used before reads differently")
    } catch {
        preconditionFailure("accepted, then refused: \(error)")
    }
    return first
}
