//! OSC 8: links ("Hyperlinks in Terminal Emulators").

use super::Emulation;

impl Emulation<'_, '_> {
    /// What is written from here on belongs to a link, or to none if the URI is empty, or if what
    /// was sent is not allowed. SGR leaves links alone.
    pub(super) fn set_link(&mut self, rest: &[u8]) {
        let (id, uri) = parse(rest).unwrap_or_default();
        let rendition = self.screens.info(self.frame).rendition;
        let kept = self.state.kept();
        let rendition = self.screens.with_link(rendition, id, uri, &kept);
        self.screens.info_mut(self.frame).rendition = rendition;
    }
}

/// Takes `key=value:key=value;URI` apart, where the only known key is `id`. Bytes outside of
/// 32 to 126 are allowed nowhere.
fn parse(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    if !rest.iter().all(|byte| matches!(byte, 32..=126)) {
        return None;
    }
    let separator = rest.iter().position(|&byte| byte == b';')?;
    let (params, uri) = (&rest[..separator], &rest[separator + 1..]);
    let mut ids = params.split(|&byte| byte == b':').filter_map(|it| it.strip_prefix(b"id="));
    Some((ids.next().unwrap_or_default(), uri))
}
