/** Marks, as the third part of a query's key, what the service has to work hard for: asked again less often. */
export const COSTLY = "costly";
