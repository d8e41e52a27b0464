export default function NewStudyPage() {
  return <div className="page" />;
}
