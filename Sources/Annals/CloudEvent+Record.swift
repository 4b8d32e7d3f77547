public import BSON
public import EventLog
public import Schema
import Views

extension CloudEvent {
    /// A record as a CloudEvent that may leave: opened, in the newest version of its type, its secrets left out; what the log
    /// added (position, recorded time, stream version, principal, what the guard resolved) stands beside as extension
    /// attributes.
    public static func document(of record: Record, _ store: Store) throws(StoreError) -> Document {
        let opened: OpenedData
        do throws(KeyRingError) { opened = try store.log.opened(record) } catch { throw .keys(error) }
        return opened.data.withRaw { document(of: record, $0, store.catalogue) }
    }

    private static func document(of record: Record, _ data: RawDocument, _ catalogue: Catalogue) -> Document {
        let type = catalogue.type(record.type)
        if let type,
            case .upcast(let payload) = type.current(
                version: record.schemaVersion, data: data, resolved: record.resolved ?? .empty)
        {
            return payload.data.withRaw { data in
                payload.resolved.withRaw { document(of: record, type.event, data, $0.isEmpty ? nil : $0) }
            }
        }
        return document(of: record, type?.event, data, record.resolved)
    }

    private static func document(
        of record: Record, _ declared: Event?, _ data: RawDocument, _ resolved: RawDocument?
    ) -> Document {
        var writer = DocumentWriter(reserving: record.bytes.count + 400)
        writer.append("specversion", "1.0")
        writer.append("id", record.id)
        writer.append("source", record.source)
        writer.append("type", declared?.name.description ?? record.type)
        writer.append("subject", record.subject)
        writer.append("time", record.time.description)
        writer.append("position", Int64(clamping: record.position))
        writer.append("recordedtime", record.recordedTime.description)
        writer.append("streamversion", Int64(clamping: record.streamVersion))
        writer.append("schemaversion", Int32(declared?.schemaVersion ?? record.schemaVersion))
        let texts: [(StaticString, String)] = [
            ("principal", record.principal), ("actor", record.actor), ("correlationid", record.correlationID),
            ("causationid", record.causationID), ("traceparent", record.traceparent),
        ]
        for (name, text) in texts where !text.isEmpty { writer.append(name, text) }
        if let corrects = record.corrects { writer.append("corrects", Int64(clamping: corrects)) }
        append("data", data, declared?.payload ?? [], &writer)
        if let resolved { append("resolved", resolved, declared?.resolved ?? [], &writer) }
        return writer.finishDocument()
    }

    private static func append(
        _ name: StaticString, _ document: RawDocument, _ fields: [FieldDescriptor], _ writer: inout DocumentWriter
    ) {
        let secrets = SecretFields(fields)
        if secrets.isEmpty {
            writer.append(name, RawValue(document))
        } else {
            secrets.removed(from: document).withRaw { writer.append(name, RawValue($0)) }
        }
    }
}
