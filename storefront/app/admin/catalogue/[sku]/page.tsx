import { AdminFrame } from "@/components/admin/admin-frame";
import { ProductForm } from "@/components/admin/product-form";

export default async function Page({ params }: { params: Promise<{ sku: string }> }) {
  return <AdminFrame><ProductForm sku={decodeURIComponent((await params).sku)} /></AdminFrame>;
}
