import { useAddress } from "../../state/address";

interface Props {
  page: number;
  perPage: number;
  total: number;
  told: string;
}

/** Which page of a list is shown, and the way to the others. */
export function Pager({ page, perPage, total, told }: Props) {
  const address = useAddress();
  const pages = Math.max(1, Math.ceil(total / perPage));
  const go = (to: number) => address.set({ page: to === 1 ? null : String(to) }, "push");
  return (
    <nav className="pager" aria-label="Pages of the list">
      <span className="muted">{told}</span>
      {pages > 1 ? (
        <>
          <button type="button" disabled={page <= 1} onClick={() => go(page - 1)}>
            Back
          </button>
          <span>
            {page} of {pages}
          </span>
          <button type="button" disabled={page >= pages} onClick={() => go(page + 1)}>
            Next
          </button>
        </>
      ) : null}
    </nav>
  );
}
