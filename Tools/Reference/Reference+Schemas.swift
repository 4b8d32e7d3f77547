internal import BSON
internal import Schema

extension Reference {
    /// `Projections/events.schema.json`: a JSON Schema (draft 2020-12) of the `data` of every event, under `$defs`, one on
    /// each line.
    public var schemas: String {
        let types = catalogue.eventTypes.map { type in
            var line: [UInt8] = []
            JSON.writeString(type.event.name.description, into: &line)
            let schema = EventSchema(type).document
            return String(decoding: line, as: UTF8.self) + ":" + JSON.string(schema, style: .relaxed)
        }
        return """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Annals events: data by type","$defs":{
            \(types.joined(separator: ",\n"))
            }}

            """
    }
}
