//! Traits of other crates and the methods for whose sake they are imported.
//!
//! An import that no path names may be needed for method calls only. For these traits the methods are known, so the import stays exactly
//! where one of them is called. Sources: the documentation of each crate.

use std::collections::BTreeSet;

use crate::syntax::Name;

/// Traits with their methods and associated functions; `*` at the end of one stands for any end. Left out are methods that are seldom called
/// while others of their names often are: `get` of `Itertools`, `timestamp` of `TimeZone`.
const KNOWN: &[(&str, &str)] = &[
    ("Add", "add"),
    ("AddAssign", "add_assign"),
    ("Aead", "encrypt decrypt"),
    ("AsMut", "as_mut"),
    ("AsRef", "as_ref"),
    ("AsyncTransport", "send send_raw"),
    ("BitAnd", "bitand"),
    ("BitOr", "bitor"),
    ("BitXor", "bitxor"),
    ("BuildHasher", "build_hasher hash_one"),
    (
        "ConnectOptions",
        "connect log_statements log_slow_statements disable_statement_logging to_url_lossy from_url",
    ),
    ("ConstantTimeEq", "ct_eq ct_ne"),
    ("Debug", "fmt"),
    ("Deref", "deref"),
    ("DerefMut", "deref_mut"),
    ("Display", "fmt"),
    ("Div", "div"),
    ("ExposeSecret", "expose_secret"),
    ("ExposeSecretMut", "expose_secret_mut"),
    ("FromIterator", "from_iter"),
    ("Future", "poll"),
    ("Index", "index"),
    ("IndexMut", "index_mut"),
    ("IntoFuture", "into_future"),
    ("IsTerminal", "is_terminal"),
    ("LowerHex", "fmt"),
    (
        "MigrationHarness",
        "run_pending_migrations revert_last_migration has_pending_migration pending_migrations applied_migrations \
         run_migration run_migrations run_next_migration revert_migration revert_all_migrations",
    ),
    ("Mul", "mul"),
    ("Neg", "neg"),
    ("Not", "not"),
    ("OpenApi", "openapi"),
    ("RangeBounds", "start_bound end_bound contains"),
    ("Rem", "rem"),
    ("RequestPartsExt", "extract extract_with_state"),
    ("Servable", "with_url"),
    ("Shl", "shl"),
    ("Shr", "shr"),
    ("Sub", "sub"),
    ("SubAssign", "sub_assign"),
    ("Template", "render render_into write_into render_with_values"),
    ("Termination", "report"),
    ("ToOwned", "to_owned clone_into"),
    ("ToString", "to_string"),
    ("TokenResponse", "access_token token_type expires_in refresh_token scopes extra_fields id_token"),
    ("TraceContextExt", "current_with_span with_span with_remote_span_context span has_active_span get_span"),
    ("Tracer", "start start_with_context span_builder build build_with_context in_span"),
    ("TracerProvider", "tracer tracer_with_scope"),
    ("Transport", "send send_raw"),
    ("TryFrom", "try_from"),
    ("TryInto", "try_into"),
    ("UpperHex", "fmt"),
    ("Wake", "wake wake_by_ref"),
    ("WithExportConfig", "with_endpoint with_protocol with_timeout with_export_config"),
    ("WithTonicConfig", "with_metadata with_compression with_tls_config with_channel with_interceptor"),
    ("Acquire", "acquire begin"),
    ("Any", "type_id downcast_ref downcast_mut downcast"),
    ("AsyncBufReadExt", "lines read_line read_until split fill_buf consume consume_unpin"),
    (
        "AsyncReadExt",
        "read read_exact read_to_end read_to_string read_buf take chain read_f3* read_f6* read_i1* read_i3* read_i6* \
         read_i8 read_u1* read_u3* read_u6* read_u8 read_vectored",
    ),
    (
        "AsyncWriteExt",
        "write flush shutdown close write_f3* write_f6* write_i1* write_i3* write_i6* write_i8 write_u1* write_u3* \
         write_u6* write_u8 write_all write_all_buf write_buf write_vectored",
    ),
    (
        "BodyExt",
        "collect frame boxed boxed_unsync map_err map_frame with_trailers into_data_stream fuse inspect_err \
         inspect_frame into_stream",
    ),
    ("Borrow", "borrow"),
    ("BorrowMut", "borrow_mut"),
    ("BufRead", "lines read_line read_until split fill_buf consume"),
    (
        "Buf",
        "remaining chunk advance copy_to_slice copy_to_bytes reader has_remaining chunks_vectored get_f3* get_f6* \
         get_i1* get_i3* get_i6* get_i8 get_u1* get_u3* get_u6* get_u8 get_int* get_uint* try_copy_to_slice try_get_f3* \
         try_get_f6* try_get_i1* try_get_i3* try_get_i6* try_get_i8 try_get_u1* try_get_u3* try_get_u6* try_get_u8 \
         try_get_int* try_get_uint*",
    ),
    (
        "BufMut",
        "put writer remaining_mut put_bytes put_slice put_f3* put_f6* put_i1* put_i3* put_i6* put_i8 put_u1* put_u3* \
         put_u6* put_u8 put_int* put_uint* limit chunk_mut advance_mut has_remaining_mut",
    ),
    (
        "Connection",
        "begin transaction ping close establish test_transaction begin_* close_hard execute_returning_count \
         is_in_transaction set_instrumentation set_prepared_statement_cache_size shrink_buffers",
    ),
    (
        "ConnectionTrait",
        "execute execute_raw query_one query_one_raw query_all query_all_raw execute_unprepared get_database_backend \
         is_mock_connection support_returning",
    ),
    ("Context", "context with_context wrap_err wrap_err_with"),
    (
        "Datelike",
        "year month day weekday ordinal iso_week month0 day0 num_days_from_ce num_days_in_month ordinal0 quarter \
         with_day with_day0 with_month with_month0 with_ordinal with_ordinal0 with_year year_ce",
    ),
    ("Digest", "new update finalize digest chain_update output_size new_with_prefix reset finalize_*"),
    (
        "Engine",
        "encode decode encode_string decode_vec encode_slice decode_slice config decode_slice_unchecked",
    ),
    ("Error", "source description cause"),
    (
        "Executor",
        "execute fetch fetch_all fetch_one fetch_optional execute_many prepare describe fetch_many prepare_with",
    ),
    ("FromRequest", "from_request"),
    ("FromRequestParts", "from_request_parts"),
    ("FromRef", "from_ref"),
    ("FromRow", "from_row"),
    ("FromStr", "from_str"),
    (
        "FutureExt",
        "boxed map then catch_unwind shared now_or_never fuse left_future right_future inspect into_stream timeout \
         with_context with_current_context boxed_local flatten flatten_stream map_into never_error poll_unpin \
         remote_handle unit_error",
    ),
    ("Handler", "call layer with_state"),
    ("Hash", "hash"),
    ("Hasher", "finish write"),
    ("Instrument", "instrument in_current_span or_current"),
    ("IntoRequestParts", "into_request_parts"),
    ("IntoResponse", "into_response"),
    ("IntoResponseParts", "into_response_parts"),
    (
        "Itertools",
        "join sorted unique collect_vec group_by chunk_by tuple_windows dedup zip_longest interleave intersperse format \
         counts partition_map partition_result exactly_one at_most_one try_collect cartesian_product \
         multi_cartesian_product minmax min_set process_results fold_ok map_ok filter_ok all_equal contains \
         find_position tuple_combinations chunks merge kmerge flatten_ok duplicates all_unique* array_combinations* \
         array_windows batching circular_* coalesce collect_array collect_tuple combinations* counts_* dedup_* \
         dropping* duplicates_* filter_map_ok find_or_first find_or_last fold_options fold_results fold_while \
         format_with interleave_shortest intersperse_with into_group* k_largest* k_smallest* kmerge_by map_into \
         map_results max_set* merge_by merge_join_by min_set_* minmax_* multipeek multiunzip next_array next_tuple \
         pad_using peeking_take_while permutations position_max* position_min* positions powerset set_from sorted_* \
         take_while_* tree_fold1 tree_reduce try_len tuples unique_by* unique_with* while_some with_position zip_eq",
    ),
    ("KeyInit", "new new_from_slice generate_key"),
    ("Layer", "layer with_filter and_then boxed with_subscriber"),
    ("LayerExt", "named_layer layer"),
    (
        "Mac",
        "new_from_slice update finalize verify chain_update finalize_reset verify_reset verify_slice* verify_truncated*",
    ),
    ("OptionalExtension", "optional"),
    (
        "ActiveModelTrait",
        "take get set set_if_not_equals try_set not_set is_not_set default default_values reset reset_all \
         get_primary_key_value insert update update_without_returning save is_update delete set_from_json from_json \
         from_arrow to_arrow is_changed set_parent_key* clear_parent_key* get_parent_key* find_belongs_to_* \
         find_related establish_links* delete_links*",
    ),
    (
        "ColumnTrait",
        "def enum_type_name entity_name as_column_ref eq ne gt gte lt lte max min sum avg count is_null is_not_null \
         is_in is_not_in in_subquery not_in_subquery between not_between like not_like ilike not_ilike starts_with \
         ends_with contains if_null eq_any ne_all array_contain* array_overlap into_expr into_returning_expr \
         select_as select_enum_as save_as save_enum_as json_key",
    ),
    ("EntityName", "schema_name comment module_name table_name table_ref"),
    (
        "EntityTrait",
        "belongs_to has_one has_many has_many_via find find_related_rev find_by_id primary_key_identity insert \
         insert_many update update_many delete delete_many delete_by_id",
    ),
    ("FromQueryResult", "from_query_result from_query_result_* find_by_statement"),
    ("IntoActiveModel", "into_active_model"),
    ("IntoActiveValue", "into_active_value"),
    (
        "LoaderTrait",
        "load_one load_many load_many_to_many load_self load_self_many load_self_via load_self_via_rev",
    ),
    (
        "ModelTrait",
        "get get_value_type set try_set find_related find_linked find_linked_recursive delete get_primary_key_value",
    ),
    ("PaginatorTrait", "paginate count exists"),
    ("QueryFilter", "query filter filter_mut belongs_to belongs_to_*"),
    ("QueryOrder", "query order_by order_by_*"),
    (
        "QuerySelect",
        "query select_only column column_as columns offset limit group_by having distinct distinct_on join join_rev \
         join_as join_as_rev join_join join_join_rev lock lock_shared lock_exclusive lock_with_* expr exprs expr_as \
         expr_as_ tbl_col_as",
    ),
    ("QueryTrait", "query as_query into_query build apply_if"),
    ("RelationTrait", "def name"),
    ("SelectColumns", "select_column select_column_as"),
    ("SelectExt", "exists exists_query"),
    ("StreamTrait", "stream stream_raw get_database_backend"),
    ("TransactionTrait", "begin begin_with_config begin_with_options transaction transaction_with_config"),
    ("TryIntoModel", "try_into_model"),
    ("MigratorTrait", "up down fresh refresh reset status migrations install"),
    ("OpenApi", "openapi"),
    ("Parser", "parse try_parse parse_from try_parse_from update_from try_update_from"),
    ("CommandFactory", "command command_for_update"),
    ("PasswordHasher", "hash_password hash_password_customized"),
    ("PasswordVerifier", "verify_password"),
    ("ProvideErrorMetadata", "code message meta"),
    ("ProvideCredentials", "provide_credentials"),
    ("Read", "read read_exact read_to_end read_to_string take bytes chain by_ref"),
    (
        "RequestExt",
        "raw_http_path query_string_parameters path_parameters lambda_context stage_variables request_context payload \
         with_lambda_context with_path_parameters query_string_parameters_ref lambda_context_ref request_context_ref \
         path_parameters_ref with_raw_http_path with_query_string_parameters stage_variables_ref with_request_context \
         with_stage_variables",
    ),
    ("RequestPayloadExt", "payload json form_urlencoded"),
    ("RequestId", "request_id"),
    ("RequestIdExt", "extended_request_id"),
    (
        "Rng",
        "gen gen_range gen_bool random random_range random_bool fill sample sample_iter random_iter gen_ratio \
         random_ratio try_fill",
    ),
    ("RngCore", "next_u32 next_u64 fill_bytes"),
    ("IndexedRandom", "choose sample choose_* sample_*"),
    ("SliceRandom", "shuffle choose partial_shuffle choose_*"),
    (
        "RouterExt",
        "route_with_tsr typed_get typed_post typed_put typed_delete typed_patch route_service_with_tsr",
    ),
    ("Row", "get try_get columns column len is_empty get_unchecked try_column try_get_*"),
    ("RunQueryDsl", "load get_result get_results first execute load_iter load_stream"),
    (
        "QueryDsl",
        "filter find select order order_by limit offset inner_join left_join group_by distinct count or_filter \
         into_boxed then_order_by distinct_on for_key_share for_no_key_update for_share for_update having \
         left_outer_join no_wait nullable single_value skip_locked",
    ),
    ("ExpressionMethods", "eq ne gt lt ge le eq_any ne_all is_null is_not_null asc desc between"),
    (
        "SeedableRng",
        "seed_from_u64 from_seed from_entropy from_os_rng from_rng fork try_fork try_from_os_rng try_from_rng",
    ),
    ("Seek", "seek rewind stream_position"),
    ("Service", "call poll_ready"),
    (
        "ServiceExt",
        "oneshot ready ready_oneshot map_request map_response map_err map_result boxed boxed_clone filter then and_then \
         call_all into_make_service into_make_service_with_connect_info handle_error compression decompression \
         trace_for_http filter_async map_future ready_and",
    ),
    (
        "SinkExt",
        "send send_all feed flush close with sink_map_err buffer fanout left_sink right_sink sink_err_into with_filter \
         with_filter_map with_flat_map",
    ),
    (
        "StreamExt",
        "next map filter filter_map fold for_each for_each_concurrent collect buffered buffer_unordered boxed take skip \
         chunks ready_chunks then zip chain enumerate fuse timeout merge throttle take_while skip_while concat count \
         any all flatten flat_map scan inspect peekable by_ref select_next_some into_future boxed_local catch_unwind \
         chunks_timeout cycle flat_map_unordered flatten_unordered forward left_stream map_while poll_next_unpin \
         right_stream split take_until timeout_repeating try_next unzip",
    ),
    ("SubscriberExt", "with"),
    ("SubscriberInitExt", "init try_init set_default"),
    (
        "Timelike",
        "hour minute second nanosecond with_hour with_minute with_second num_seconds_from_midnight hour12 \
         with_nanosecond",
    ),
    (
        "TimeZone",
        "with_ymd_and_hms datetime_from_str from_local_date from_local_datetime from_offset from_utc_date \
         from_utc_datetime isoywd* offset_from_local_date timestamp_opt timestamp_millis_opt timestamp_nanos ymd* yo \
         yo_opt",
    ),
    ("ToSocketAddrs", "to_socket_addrs"),
    (
        "TryFutureExt",
        "map_err map_ok and_then or_else unwrap_or_else inspect_err inspect_ok err_into ok_into try_flatten into_future \
         map_ok_or_else into_stream try_flatten_stream try_poll_unpin",
    ),
    (
        "TryStreamExt",
        "try_next try_collect try_for_each try_filter try_filter_map try_fold try_concat map_ok map_err and_then \
         err_into try_buffered try_buffer_unordered into_async_read try_flatten try_chunks try_for_each_concurrent \
         inspect_err inspect_ok or_else try_all try_any try_skip_while try_take_while try_flatten_unordered \
         try_ready_chunks try_unfold try_poll_next_unpin into_stream",
    ),
    ("TypedHeader", ""),
    ("Validate", "validate validate_with validate_args validate_with_args"),
    ("Write", "write write_all write_fmt write_str write_char flush by_ref"),
    ("Zeroize", "zeroize"),
];

/// Whether other types have methods of the same names without the trait: `sqlx`'s queries have those of its `Executor`, options, results and
/// iterators those of bodies, futures and streams (`map`, `map_err`, `collect`), slices those of `Itertools` (`join`), routers that of `Layer`,
/// collections those of `sea-orm` (`insert`, `contains`, `get`).
pub(super) fn has_namesakes(name: &str) -> bool {
    matches!(
        name,
        "ActiveModelTrait"
            | "BodyExt"
            | "ColumnTrait"
            | "EntityTrait"
            | "Executor"
            | "FutureExt"
            | "Itertools"
            | "Layer"
            | "ModelTrait"
            | "PaginatorTrait"
            | "QueryFilter"
            | "QueryOrder"
            | "QuerySelect"
            | "QueryTrait"
            | "RelationTrait"
            | "TransactionTrait"
            | "TryFutureExt"
            | "SelectExt"
            | "StreamExt"
            | "TryStreamExt"
    )
}

/// Whether one of the methods of a well-known external trait is among the names that are called; `None` for other traits.
pub(super) fn is_called(name: &str, called: &BTreeSet<Name>) -> Option<bool> {
    let is_among = |method: &str| match method.strip_suffix('*') {
        Some(start) => called.range(Name::new(start)..).next().is_some_and(|name| name.starts_with(start)),
        None => called.contains(method),
    };
    methods(name).map(|methods| methods.split(' ').any(is_among))
}

/// The methods of a well-known external trait.
fn methods(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, methods)| *methods)
}

/// Whether a path surely is no trait: all traits of the standard library are known but those for one operating system.
pub(super) fn is_no_trait(path: &[Name]) -> bool {
    let is_std = matches!(path.first().map(Name::as_str), Some("std" | "core" | "alloc"));
    is_std
        && !path.iter().any(|segment| segment == "os")
        && path.last().is_some_and(|name| methods(name).is_none())
}
