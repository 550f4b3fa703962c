diesel::table! {
    trees (id) {
        id -> Int4,
        name -> Text,
        forest_id -> Int4,
    }
}

diesel::table! {
    forests (id) {
        id -> Int4,
        name -> Text,
    }
}

diesel::table! {
    #[sql_name = "ranger_visits"]
    visits (ranger) {
        ranger -> Text,
        number -> Int4,
    }
}

diesel::joinable!(trees -> forests (forest_id));
diesel::allow_tables_to_appear_in_same_query!(trees, forests);
