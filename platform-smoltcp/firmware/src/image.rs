//! What makes an image of a board, a role and a size: the memory of a session, the entry.

/// Makes a console: for a board, with a screen of columns and rows, and for messages of twice so
/// many bytes either way.
#[macro_export]
macro_rules! console {
    ($board:ty, $columns:literal, $rows:literal, $message:literal) => {
        $crate::image!(
            $board,
            $crate::console::Device<$board>,
            ::mosh_core::screen::Size { columns: $columns, rows: $rows },
            ::mosh_core::storage::StaticServer<
                $columns,
                $rows,
                { ::mosh_core::storage::server_rows($rows) },
                $message,
            >,
            ::mosh_smoltcp::Console<'static>
        );
    };
}

/// Makes a viewer: the same as [`console!`](crate::console!), and then what else its
/// [`StaticClient`](mosh_core::storage::StaticClient) is to be.
#[macro_export]
macro_rules! viewer {
    ($board:ty, $columns:literal, $rows:literal, $message:literal $(, $more:literal)*) => {
        $crate::image!(
            $board,
            $crate::viewer::Device<$board>,
            ::mosh_core::screen::Size { columns: $columns, rows: $rows },
            ::mosh_core::storage::StaticClient<
                $columns,
                $rows,
                { ::mosh_core::storage::client_rows($rows) },
                $message,
                $($more),*
            >,
            ::mosh_smoltcp::Viewer<'static>
        );
    };
}

/// Makes an image of what its role needs.
#[doc(hidden)]
#[macro_export]
macro_rules! image {
    ($board:ty, $device:ty, $size:expr, $memory:ty, $end:ty) => {
        use ::static_cell::{ConstStaticCell, StaticCell};
        use $crate::{net, nic::Frames, stack};

        static SESSION: ConstStaticCell<$memory> = ConstStaticCell::new(<$memory>::new());
        static SOCKETS: ConstStaticCell<net::Memory> = ConstStaticCell::new(net::Memory::new());
        static FRAMES: ConstStaticCell<Frames> = ConstStaticCell::new(Frames::new());
        static DEVICE: StaticCell<$device> = StaticCell::new();
        static END: StaticCell<$end> = StaticCell::new();

        #[::cortex_m_rt::entry]
        fn main() -> ! {
            stack::paint();
            let session = SESSION.take();
            let (frames, sockets) = (FRAMES.take(), SOCKETS.take());
            // SAFETY: the image is for this machine, and this is the only call.
            let device = DEVICE.init_with(|| unsafe { <$device>::start(frames, sockets) });
            device.run($size, session.storage(), &END)
        }
    };
}
