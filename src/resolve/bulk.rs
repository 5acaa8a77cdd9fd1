//! Resolves the hosts of a big site on several processors; `docs/many-hosts.md` explains the whole.

use std::convert::Infallible;
use std::sync::Mutex;

use super::host_resolver::HostResolver;
use super::resolver::Resolver;
use crate::parallel::in_order;
use crate::progress::{Work, done};
use crate::report::Report;
use crate::schema;
use crate::source::Span;

/// Resolves all hosts, chunk by chunk, into one resolver; `new` makes a resolver without hosts.
///
/// A host without a finding depends on nothing but the rest of the site, so chunks are resolved side by side.
/// Whether a finding is reported can depend on earlier ones: each place has one, and only the first unknown names
/// get a hint. So the results of a chunk with a finding are thrown away, and the chunk is resolved again in its
/// turn, when all earlier findings are known.
pub(super) fn resolve<'c, 'a>(
    r: &mut Resolver<'_, 'a>,
    written: schema::Hosts<'a>,
    into: &mut HostResolver<'c, 'a>,
    new: &(dyn Fn() -> HostResolver<'c, 'a> + Sync),
) {
    let chunks = written.into_chunks();
    if chunks.len() < 2 {
        for chunk in chunks {
            into.chunk(r, &chunk);
            done(Work::Resolve, chunk.len() as u64);
        }
        return;
    }
    let (sources, gaps) = (r.sources, r.gaps);
    let roots = r.roots.clone();
    let errors: Vec<Span> = r.report.error_places().collect();
    let chunks: Vec<_> = chunks.into_iter().map(|chunk| Mutex::new(Some(chunk))).collect();
    let make = |at: usize| {
        let chunk = chunks.get(at)?.lock().ok()?.take()?;
        let mut report = Report::new();
        let mut r =
            Resolver { gaps, errors: &errors, roots: roots.clone(), ..Resolver::new(&mut report, sources) };
        let mut resolved = new();
        resolved.chunk(&mut r, &chunk);
        let gaps = r.gaps;
        Some((chunk, resolved, gaps, report))
    };
    let take = |made| {
        let Some((chunk, resolved, gaps, report)): Option<(schema::HostChunk<'a>, _, _, Report)> = made
        else {
            return Ok(());
        };
        if report.is_empty() {
            into.append(resolved);
            r.gaps = r.gaps.and(gaps);
        } else {
            into.chunk(r, &chunk);
        }
        done(Work::Resolve, chunk.len() as u64);
        Ok::<_, Infallible>(())
    };
    let Ok(()) = in_order(chunks.len(), make, take);
}
