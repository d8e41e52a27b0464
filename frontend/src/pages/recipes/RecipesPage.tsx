export default function RecipesPage() {
  return <div className="page" />;
}
