//! Every finding code: number, severity, title and the text that `lith-split explain CODE` prints.
//!
//! `LS00xx`: reading the input. `LS01xx`: names and types. `LS02xx`: routes. `LS03xx`: accesses and permissions.
//! `LS04xx`: hazards of splitting. `LS05xx`: plan. `LS06xx`: generating. `LS07xx`: what is deployed.

use super::Severity;

/// A stable finding code, for example `LS0101`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

/// What the catalogue knows about a code.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub code: Code,
    pub severity: Severity,
    /// A short noun phrase.
    pub title: &'static str,
    /// What it means, why it matters and what to do: plain sentences.
    pub explanation: &'static str,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        self.0
    }

    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    pub fn entry(self) -> &'static Entry {
        CATALOGUE.iter().find(|entry| entry.code == self).expect("every code constant has a catalogue entry")
    }

    /// The entry for a code as a person types it (`LS0101` or `ls0101`).
    pub fn parse(text: &str) -> Option<&'static Entry> {
        CATALOGUE.iter().find(|entry| entry.code.0.eq_ignore_ascii_case(text))
    }
}

macro_rules! catalogue {
    ($($name:ident = $code:literal, $severity:ident, $title:literal, $explanation:literal;)*) => {
        impl Code {
            $(pub const $name: Code = Code($code);)*
        }
        /// All codes in order.
        pub const CATALOGUE: &[Entry] = &[
            $(Entry { code: Code($code), severity: Severity::$severity, title: $title, explanation: $explanation },)*
        ];
    };
}

catalogue! {
    FILE_NOT_PARSED = "LS0001", Error, "file does not parse",
        "The file, or a function in a dependency, is not valid Rust for the parser, so nothing in it was analysed. Everything else was. \
         Fix the syntax error (`cargo check` names it too) and run again.";
    MODULE_NOT_FOUND = "LS0002", Error, "module file is missing",
        "A `mod name;` declaration names a file that does not exist. Nothing of that module was analysed. \
         Add the file, remove the declaration, or put it behind a feature that is off.";
    FILE_NOT_READ = "LS0003", Error, "file cannot be read",
        "A file that the program needs could not be read: permission, invalid UTF-8, or larger than the limit.";
    MODULE_CYCLE = "LS0004", Error, "modules include each other",
        "Following `mod` declarations came back to a file that is already being read. It is read once.";
    FILE_NOT_REACHED = "LS0005", Note, "file is in no module",
        "A `.rs` file under the source folder is reached by no `mod` declaration, so it is not part of the program and was left out.";
    DEPENDENCY_NOT_READ = "LS0006", Warning, "local dependency cannot be read",
        "A dependency with a `path` has no manifest at that place. Its code was not analysed.";
    CFG_UNKNOWN = "LS0007", Note, "cfg condition is not known",
        "A `cfg` names something that is neither a feature nor known of the Lambda target. Both sides were read.";
    MACRO_NOT_EXPANDED = "LS0008", Warning, "macro is not expanded",
        "A call of a `macro_rules!` of the program could not be expanded: no rule takes its arguments, it leads to more expansions than \
         the compiler allows, or the result is not what the place of the call wants. The call is left as it is written, so routes, \
         calls and definitions that it makes are missing. Write them out, or report the macro.";
    NAME_UNRESOLVED = "LS0101", Note, "name is not resolved",
        "A function that a route reaches calls methods that could not be tied to a definition, though the program has methods of these \
         names. If one of them is meant, what it does is missing from the route: its accesses, its permissions and its code. \
         Write the type of the value before the dot.";
    CALL_AMBIGUOUS = "LS0102", Note, "call has several candidates",
        "A function that a route reaches calls a method that may be one of several: implementations of a trait of which the program puts \
         more than one in that place, or methods of one name on a type that is not known. All of them count, marked as inferred, so \
         permissions may be wider than needed. `analyze --view calls` shows the candidates.";
    NO_ROUTER = "LS0201", Error, "no router is served",
        "No Axum router that is handed to a server or to `lambda_http::run` was found. Check `--bin` and `--manifest-path`.";
    ROUTE_PATH_UNKNOWN = "LS0202", Error, "route path is not known",
        "A route's path is computed at run time. It is listed with `?` in its path and cannot get a gateway key of its own.";
    ROUTER_METHOD_UNKNOWN = "LS0203", Warning, "unknown method on a router",
        "A method is called on a router that is neither Axum's nor the program's. The chain was followed past it; what it registers is not known.";
    ROUTER_UNKNOWN = "LS0204", Error, "router cannot be evaluated",
        "An expression that should be a router could not be evaluated, so its routes are missing from the table.";
    HANDLER_UNKNOWN = "LS0205", Warning, "handler is not resolved",
        "A handler expression could not be tied to a function. The route is listed, its accesses are not known.";
    ROUTE_CONDITIONAL = "LS0206", Note, "route depends on a run-time condition",
        "The route is registered only when a condition holds while the program runs. It is kept conditional.";
    ROUTER_WRAPPED = "LS0207", Warning, "layer around the whole router",
        "A layer wraps the router itself, so it runs before routing and may change the path. The route table is what the router sees; \
         gateway keys are made from it, so a path that only the layer makes match reaches `$default`.";
    SEVERAL_ROUTERS = "LS0208", Warning, "several routers are served",
        "The program serves more than one router, for example an administration port. The one that Lambda serves counts, else the one with the most routes.";
    RESOURCE_UNKNOWN = "LS0301", Error, "resource name is not known",
        "An AWS call names its table, bucket, queue or other resource with a value that could not be followed to a literal, a constant \
         or an environment variable. The permission needs a template parameter; nothing is granted by widening.";
    OPERATION_UNKNOWN = "LS0302", Warning, "permission of an operation is not known",
        "The service of this SDK call has no data file, or no action of the operation's name is published yet, so the action of the same name is \
         proposed. Check it before deploying.";
    SQL_UNKNOWN = "LS0303", Warning, "SQL statement is not known",
        "The text of an SQL statement is computed at run time or does not parse, a query that `diesel` or `sea-orm` builds cannot be followed, or a \
         part of it is not understood, so not all that it needs is known. What is not known is not granted. Write table and column names into the \
         text, and pass values as parameters.";
    LAYER_UNKNOWN = "LS0304", Warning, "layer cannot be followed",
        "A layer is made of a type of the program whose code for requests was not found: no impl of a trait of another crate, such as \
         `tower::Layer`, is written out for it, or its type is not known. If it calls AWS or a database, the routes under it lack these accesses.";
    CODE_TOO_WIDE = "LS0305", Warning, "code is too wide to be followed by call",
        "More call paths lead from here than can be told apart. Requests behind them are kept, but with resources that are not known, or as inferred; \
         none is left out.";
    SCHEMA_CHANGED = "LS0306", Warning, "program changes its tables",
        "The program runs migrations or statements such as `CREATE TABLE`. Only the owner of the tables may do that, and every function that \
         keeps the code would try. Run migrations before deploying, and take them out of the start; the grants do not allow them.";
    VARIABLES_UNKNOWN = "LS0307", Warning, "environment variables are not known",
        "Code of another crate (`config`, `figment`, `envy`, `clap`) fills a struct from environment variables, and which ones could not be \
         followed. The template does not set them: add them to the functions that need them.";
    CLIENT_GIVEN = "LS0308", Warning, "AWS client is given to another crate",
        "A function of another crate is given a client of the AWS SDK. The code of other crates is not read, so what it sends is not known, and \
         nothing is granted for it. Add the permissions that it needs.";
    SHADOWED_SIBLING = "LS0401", Note, "overlapping paths with different methods",
        "Two route patterns match one path. Axum chooses the path first and then the method; API Gateway chooses both at once. \
         Each function's skeleton router keeps the overlapping pattern, so the answer stays Axum's.";
    WEBSOCKET = "LS0402", Error, "WebSocket route",
        "A handler upgrades to a WebSocket, which an HTTP API cannot carry. Keep the route out of the split.";
    DETACHED_SPAWN = "LS0403", Warning, "detached task",
        "A task is spawned and not awaited. Lambda freezes the instance when the answer is returned, so the task may run late or never, \
         in the monolith as in the split.";
    SHARED_MUTABLE_STATE = "LS0404", Warning, "mutable state in the process",
        "A static or a state field holds values that requests change. Separate functions do not share it.";
    MERGED_LAYER_404 = "LS0405", Note, "layer of a merged router answers unknown paths",
        "A router with a `layer` is merged, so its layered fallback answers the application's 404. The edge function keeps it.";
    CRATE_NAME_DEPENDENCE = "LS0406", Note, "result depends on the crate's name or place",
        "`module_path!`, `type_name`, `env!(\"CARGO_PKG_..\")` or a relative file path means something else in another crate.";
    REQUEST_CONTEXT_USE = "LS0407", Warning, "gateway context is read",
        "Code reads the route key, path parameters or request context that the gateway sends; they change when the route gets its own key.";
    STREAMING = "LS0408", Warning, "streaming answer",
        "HTTP APIs do not stream: the answer is buffered, as it is behind the monolith's HTTP API.";
    BACKGROUND_LOOP = "LS0409", Error, "background loop before serving",
        "The program starts a loop or consumer before it serves. Every function that keeps the start-up would run it.";
    PEER_ADDRESS = "LS0410", Warning, "peer address is read",
        "The program serves HTTP, where `ConnectInfo` gives the address of the peer. Lambda gets no connection, so the extractor answers 500 \
         there, and an optional one finds nothing. The client's address is in the gateway's request context (`lambda_http::RequestExt`).";
    API_DOCUMENT = "LS0411", Note, "API document lists the routes of the program",
        "An answer holds the document in which the routers describe their routes. The function that gives it keeps the handlers of all documented \
         routes, so that it lists what it listed before. Where code hands the document on, what becomes of it is not followed, and each function \
         has one of its own routes only.";
    PLAN_UNKNOWN_ROUTE = "LS0501", Error, "plan names a route that does not exist",
        "The plan lists a route that the program does not have. Run `lith-split plan` to update it.";
    PLAN_MISSING_ROUTE = "LS0502", Error, "route is in no function of the plan",
        "The program has a route that the plan does not place. Run `lith-split plan` to place it.";
    PLAN_INVALID = "LS0503", Error, "plan cannot be used",
        "The plan file has a key or value that is not understood, or two functions have one name.";
    TABLE_WRITERS_APART = "LS0504", Warning, "table written by several services",
        "Several services of the plan write one table. Each table should have one owner.";
    KEPT_UNKNOWN_TRAIT_IMPORT = "LS0601", Note, "import kept because it may be a trait in use",
        "An import of another crate is named nowhere in the kept code, but may be a trait whose methods are called. It is kept and allowed to be unused.";
    CONSTRUCT_NOT_SPLIT = "LS0602", Error, "construct that cannot be split",
        "The generator met a construct for which it has no safe edit. The route stays in one piece with its neighbours, or generation stops.";
    NOT_FORMATTED = "LS0603", Warning, "generated files are not formatted",
        "`rustfmt` could not be run, so the seams between kept items may have blank lines that formatting would remove. Run `cargo fmt` in the output.";
    ROUTE_WITHOUT_KEY = "LS0604", Warning, "route gets no gateway key",
        "API Gateway cannot have a key for this route: its path is not known, a variable is only a part of a segment, or HTTP APIs do \
         not carry its method. Only `$default` reaches it, so it belongs to the monolith or to `edge`.";
    ROUTE_KEYS_COLLIDE = "LS0605", Error, "two functions need one gateway key",
        "Two routes of different functions have the same method and, for API Gateway, the same path (variable names and a trailing slash \
         do not tell keys apart). Put both into one function.";
    AWS_LIMIT = "LS0606", Warning, "limit of AWS exceeded",
        "The template is larger than a quota of CloudFormation, API Gateway, IAM or Lambda allows. Where the plan does not say \
         `stacks = \"one\"`, a large application gets a stack for each service, so that only quotas of the API and of single functions are \
         left. Join functions in the plan, divide one whose role may do too much, or ask for a higher quota where AWS raises it. A policy that is too long for a role's inline \
         policies is divided into managed policies; it is reported where ten of these do not hold it either.";
    TRAILING_SLASH = "LS0607", Note, "path ends in a slash",
        "API Gateway has no keys that end in a slash, so the route has the key without it. Whether a request with the slash comes in \
         through that key or through `$default` is not documented; try it after deploying, or put the route into `edge`.";
    TESTS_LEFT_OUT = "LS0608", Note, "unit tests left out",
        "A `cfg(test)` module tests code that lives in several output crates, or that no function keeps. It stays in the monolith.";
    ASSET_NOT_TAKEN = "LS0609", Error, "file read while compiling is missing",
        "A macro such as `include_str!` names a file that is not inside the package or cannot be read, so the generated crate would not compile.";
    BUILD_SCRIPT = "LS0610", Warning, "build script is not taken along",
        "The package has a build script. What it generates or sets is not known, so it was left out; code that needs its output does not compile without it.";
    STATE_KEPT = "LS0611", Note, "state kept although nothing reads it",
        "A field of a struct is read by nothing that a function keeps, but making its value may have an effect that something else sees, so \
         the function keeps the start-up work.";
    KEPT_ROUTE_TAKEN = "LS0612", Error, "key of a function takes requests of a route that stays",
        "A route that stays in the monolith shares requests with a route of a function, and API Gateway cannot have a key for it: a variable is \
         only a part of a segment, or the paths differ by a slash at the end. The function would get requests that it cannot answer, so nothing \
         is generated. Keep both routes, or move both.";
    TEMPLATE_NOT_READ = "LS0701", Warning, "template cannot be read",
        "The file is no valid YAML or JSON, or neither a SAM or CloudFormation template nor a Terraform plan in JSON, so it was not compared with \
         the code. Everything else was analysed.";
    TEMPLATE_NOT_COMPARED = "LS0702", Note, "template cannot be compared",
        "A part of the template depends on what is known only when it is deployed, or the code has something that is not known, so no difference \
         can be certain there. Nothing is reported for it. Where no function is certainly made from the program, name its binary in the \
         template (`Metadata`, `BuildProperties`, `Binary`), or choose with --bin.";
    ROUTE_NOT_DEPLOYED = "LS0703", Warning, "no gateway route leads to a route",
        "The program has a route that none of its function's gateway routes reaches, and no other function of the template has it: requests get \
         the gateway's 404, or 403 from a REST API. Add a route to the template, or remove it from the code.";
    GATEWAY_ROUTE_UNANSWERED = "LS0704", Warning, "gateway route that the code does not answer",
        "The gateway sends these requests to the function, whose router has no such route and no fallback: it answers 404, or 405 where the path \
         has other methods. Correct the path or the method, or remove the gateway route.";
    VARIABLE_NOT_SET = "LS0705", Warning, "environment variable is not set",
        "The code reads a variable, fails without it, and the template does not set it for the function. Where the code reads it before serving, the \
         function does not start.";
    VARIABLE_NOT_READ = "LS0706", Note, "environment variable that no code reads",
        "The template sets a variable for the function that the program does not name. Code of other crates may still read it; if none does, it can go.";
    PERMISSION_MISSING = "LS0707", Error, "permission is missing",
        "The code sends a request that no policy of the function's role in the template allows on that resource, so AWS refuses it. \
         Add the action, on exactly that resource.";
    PERMISSION_EXCESS = "LS0708", Warning, "permission that the code does not need",
        "The function's role allows actions, or resources, for which the program has no request. Remove them: least privilege limits what a \
         fault or an attacker can do. `analyze --view iam` shows what is needed.";
    INDEX_NOT_DECLARED = "LS0709", Error, "index is not declared",
        "The code queries an index that the table in the template does not have, so DynamoDB refuses the request.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        for (i, entry) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE[..i].iter().all(|other| other.code != entry.code), "{} twice", entry.code.0);
        }
    }
}
