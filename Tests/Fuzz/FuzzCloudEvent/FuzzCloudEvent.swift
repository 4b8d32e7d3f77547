import Annals
import BSON
import FuzzDriver

/// JSON, or BSON, that claims to be a CloudEvent: refused with reasons, or taken with what makes a record of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCloudEvent(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    withInput(start, count) { bytes in
        if let object = try? JSON.parse(bytes, extended: true) {
            object.withRaw { check($0) }
        } else if let object = try? RawDocument.validated(bytes) {
            check(object)
        }
    }
}

private func check(_ object: RawDocument) {
    do throws(Refusals) {
        let event = try CloudEvent.parse(object)
        precondition(!event.id.isEmpty && !event.source.isEmpty && !event.type.isEmpty, "taken without a name")
        let data = event.data.withRaw { Array($0.bytes) }
        let isValid = data.withUnsafeBytes { (try? RawDocument.validated($0)) != nil }
        precondition(isValid, "the data of an event is no document")
    } catch {
        precondition(!error.reasons.isEmpty, "refused without a reason")
        precondition(error.reasons.allSatisfy { !$0.message.isEmpty }, "refused without a word")
    }
}
