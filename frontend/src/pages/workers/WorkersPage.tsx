export default function WorkersPage() {
  return <div className="page" />;
}
