//! The `lith-split` program: everything is in the library.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> lith_split::cli::Exit {
    lith_split::cli::main()
}
