import { Component, type ReactNode } from "react";
import { Link } from "react-router";
import { asApiError } from "../../api/client";

interface Props {
  /** What is drawn; another one is tried anew. */
  of: string;
  children: ReactNode;
}

interface State {
  error: unknown;
  of: string;
}

/**
 * Keeps the head and the way back where a page cannot be drawn: its script could not be fetched because the service is
 * away, or it met something that nobody thought of.
 */
export class Boundary extends Component<Props, State> {
  override state: State = { error: null, of: this.props.of };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.of === state.of ? null : { error: null, of: props.of };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="page">
        <div className="empty" role="alert">
          <h1>This page failed to render</h1>
          <p>
            Stored data is not affected. Reload the page. If the error remains, report it with this message:{" "}
            <code>{asApiError(this.state.error).message}</code>
          </p>
          <button type="button" className="primary" onClick={() => window.location.reload()}>
            Reload
          </button>{" "}
          <Link to="/">All studies</Link>
        </div>
      </div>
    );
  }
}
