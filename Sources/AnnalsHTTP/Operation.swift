internal import BSON
internal import HTTPTypes

/// What one route is for, as data: `/openapi.json` is made of these, and a test holds them against the router.
struct Operation {
    let method: HTTPRequest.Method
    /// As the router has it.
    let path: String
    /// In camel case; clients that are generated call it so.
    let name: String
    let summary: String
    /// What a key must allow; `nil` where none is asked for.
    var scope: String?
    /// Whether it tells of what the store holds, so that the trail of reads tells who asked.
    var reads = false
    /// Names in the URL's query: `OperationParameter`.
    var parameters: Set<String> = []
    /// Names of headers that the route reads.
    var headers: [String] = []
    /// Names of the members of a JSON body: `QuestionMember`; none where any JSON may come.
    var members: [String] = []
    /// JSON Schema of a JSON body, and of what is answered, where they are declared with the domain.
    var question: Document?
    var answer: Document?
    /// Takes the key of the questions about secrets, in place of a scope.
    var takesCheckKey = false
    /// The collection that it is about, where its path does not say.
    var collection: String?
    /// Media types of the body; none where it has none.
    var body: [String] = []
    /// Statuses of answers that are no problems, with what they carry.
    var answers: [(status: Int, types: [String])]
    /// Statuses of problems, beside those that every route may have.
    var problems: [Int] = []

    init(
        _ method: HTTPRequest.Method, _ path: String, _ name: String, _ summary: String, scope: String? = nil,
        reads: Bool = false, parameters: Set<String> = [], headers: [String] = [], body: [String] = [],
        members: [String] = [],
        answers: [(status: Int, types: [String])] = [(200, ["application/json"])], problems: [Int] = []
    ) {
        self.method = method
        self.path = path
        self.name = name
        self.summary = summary
        self.scope = scope
        self.reads = reads
        self.parameters = parameters
        self.headers = headers
        self.body = body
        self.members = members
        self.answers = answers
        self.problems = problems
    }

    /// The names in braces.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}
